{{/* What a schema cannot say in words that help: each refusal names the value and what to do. */}}
{{- define "csv-analyst.check" -}}
{{- if ne (int .Values.replicas) 1 -}}
{{- fail "replicas must be 1: records live in SQLite on one volume, and two services on one record would close each other's runs" -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- fail "autoscaling.enabled: the service is one pod, since records live in SQLite on one volume. What grows with load are the runners: raise runners.concurrent and runners.maxPods" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host is needed: the service answers only to names that it was told" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not (and .Values.httpRoute.parentRefs .Values.httpRoute.hostnames)) -}}
{{- fail "httpRoute.parentRefs and httpRoute.hostnames are needed: a Gateway carries the route, and the service answers only to names that it was told" -}}
{{- end -}}
{{- if regexMatch "(?m)^\\s*(public_hosts|listen|data_directory|mode)\\s*=|^\\s*\\[sandbox" .Values.config -}}
{{- fail "config: listen, data_directory, mode, [sandbox] and public_hosts are set by the chart (publicHosts adds names; sandbox.* and runners.* set the rest)" -}}
{{- end -}}
{{- range .Values.datasets -}}
{{- if eq (empty .existingClaim) (empty .configMap) -}}
{{- fail (printf "datasets: %s needs existingClaim or configMap, and not both" .name) -}}
{{- end -}}
{{- end -}}
{{- if include "csv-analyst.jobs" . -}}
{{- include "csv-analyst.checkRunners" . -}}
{{- end -}}
{{- end -}}

{{- define "csv-analyst.checkRunners" -}}
{{- $runners := .Values.runners -}}
{{- $namespace := include "csv-analyst.runnersNamespace" . -}}
{{- if eq $namespace .Release.Namespace -}}
{{- fail "runners.namespace.name is the release's own namespace: the service's rights and the runners' quota and policies would then hold for the service's pod as well. Name another one" -}}
{{- end -}}
{{- if and .Values.production (not $runners.image.digest) -}}
{{- fail "runners.image.digest is needed in production, since a tag can be moved: set it to the sha256:... that `docker push` prints, or production=false for a trial" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.apiServer.cidrs) -}}
{{- fail "networkPolicy.apiServer.cidrs is needed: the service may call the API server and nobody else. `kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes` and `kubectl get service kubernetes --namespace default` show its addresses; write each as ADDRESS/32" -}}
{{- end -}}
{{- if le (int $runners.maxPods) (int (add $runners.concurrent $runners.maxIdle)) -}}
{{- fail "runners.maxPods must be more than runners.concurrent and runners.maxIdle together, or pods that wait would leave no room for queries" -}}
{{- end -}}
{{- if or (gt (int $runners.requests.cpuMillis) (int $runners.cpuMillis)) (gt (int $runners.requests.memoryMiB) (int $runners.memoryMiB)) -}}
{{- fail "runners.requests may not be more than runners.cpuMillis and runners.memoryMiB" -}}
{{- end -}}
{{- if regexMatch "(?m)^\\s*(cpu_millis|memory_bytes|free_memory_bytes|scratch_bytes|max_running|max_idle)\\s*=" .Values.config -}}
{{- fail "config: cpu_millis, memory_bytes, scratch_bytes, max_running and max_idle follow from runners.*, so that quota and limits fit them" -}}
{{- end -}}
{{- if not $runners.namespace.create -}}
{{- include "csv-analyst.checkNamespace" $namespace -}}
{{- end -}}
{{- end -}}

{{/* Only where a cluster is asked: `helm template` finds nothing and says nothing. */}}
{{- define "csv-analyst.checkNamespace" -}}
{{- with lookup "v1" "Namespace" "" . -}}
{{- if ne (dig "metadata" "labels" "pod-security.kubernetes.io/enforce" "" .) "restricted" -}}
{{- fail (printf "the namespace %s is not labelled pod-security.kubernetes.io/enforce=restricted: run `kubectl label namespace %s pod-security.kubernetes.io/enforce=restricted`" .metadata.name .metadata.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
