{{/* What a schema cannot say in words that help: each refusal names the value and what to do. */}}
{{- define "csv-analyst.check" -}}
{{- if ne (int .Values.replicas) 1 -}}
{{- fail "replicas must be 1: records live in SQLite on one volume, and two services on one record would close each other's runs" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (ne (int .Values.autoscaling.maxReplicas) 1) -}}
{{- fail "autoscaling.maxReplicas must be 1: the service is one pod, since records live in SQLite on one volume. What grows with load are the runners: raise runners.concurrent and runners.maxPods" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host is needed: the service answers only to names that it was told" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not (and .Values.httpRoute.parentRefs .Values.httpRoute.hostnames)) -}}
{{- fail "httpRoute.parentRefs and httpRoute.hostnames are needed: a Gateway carries the route, and the service answers only to names that it was told" -}}
{{- end -}}
{{- range .Values.datasets -}}
{{- if eq (empty .existingClaim) (empty .configMap) -}}
{{- fail (printf "datasets: %s needs existingClaim or configMap, and not both" .name) -}}
{{- end -}}
{{- end -}}
{{- $labels := include "csv-analyst.labels" . | fromYaml -}}
{{- range $label := keys .Values.podLabels | sortAlpha -}}
{{- if hasKey $labels $label -}}
{{- fail (printf "podLabels: %s is the chart's own: Service, policies and the disruption budget find the pod by such labels" $label) -}}
{{- end -}}
{{- end -}}
{{- include "csv-analyst.checkConfiguration" . -}}
{{- if include "csv-analyst.jobs" . -}}
{{- include "csv-analyst.checkRunners" . -}}
{{- end -}}
{{- end -}}

{{/* Read as tables, as the service does: a key may be written with its table's name before it, or in quotes. */}}
{{- define "csv-analyst.checkConfiguration" -}}
{{- $elsewhere := "publicHosts adds names; sandbox.* and runners.* set the rest" -}}
{{- $config := .Values.config | fromToml -}}
{{- with $config.Error -}}
{{- fail (printf "config is not TOML: %s" .) -}}
{{- end -}}
{{- range $key := list "listen" "data_directory" "mode" "public_hosts" "sandbox" -}}
{{- if hasKey $config $key -}}
{{- fail (printf "config: %s is set by the chart (%s)" $key $elsewhere) -}}
{{- end -}}
{{- end -}}
{{- $own := include "csv-analyst.ownEnvironment" . | fromJson -}}
{{- $_ := set $own "CSV_ANALYST_PUBLIC_HOSTS" "" -}}
{{- $names := keys .Values.environment | sortAlpha -}}
{{- range .Values.secretEnvironment }}{{ $names = append $names .name }}{{ end -}}
{{- range $name := $names -}}
{{- if hasKey $own $name -}}
{{- fail (printf "environment: %s is set by the chart (%s)" $name $elsewhere) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "csv-analyst.checkRunners" -}}
{{- $runners := .Values.runners -}}
{{- $namespace := include "csv-analyst.runnersNamespace" . -}}
{{- if eq $namespace .Release.Namespace -}}
{{- fail "runners.namespace.name is the release's own namespace: the service's rights and the runners' quota and policies would then hold for the service's pod as well. Name another one" -}}
{{- end -}}
{{- if eq (include "csv-analyst.serviceAccount" .) "default" -}}
{{- fail "serviceAccount.name is needed: the right to make Jobs would go to the account `default`, which is that of every pod in the namespace that names no other" -}}
{{- end -}}
{{- if and .Values.production (not $runners.image.digest) -}}
{{- fail "runners.image.digest is needed in production, since a tag can be moved: set it to the sha256:... that `docker push` prints, or production=false for a trial" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.apiServer.cidrs) -}}
{{- fail "networkPolicy.apiServer.cidrs is needed: the service may call the API server and nobody else. `kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes` and `kubectl get service kubernetes --namespace default` show its addresses; write each as ADDRESS/32" -}}
{{- end -}}
{{- range $table, $keys := dict "limits" (list "cpu_millis" "memory_bytes" "scratch_bytes") "queue" (list "max_running") "pool" (list "max_idle" "memory_bytes" "free_memory_bytes") -}}
{{- range $key := $keys -}}
{{- if include "csv-analyst.configured" (dict "root" $ "table" $table "key" $key) -}}
{{- fail (printf "config: %s.%s follows from runners.*, so that quota and limits fit it" $table $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $busy := include "csv-analyst.busyPods" . -}}
{{- $waiting := include "csv-analyst.waitingPods" . -}}
{{- $least := int64 (add $busy $waiting) -}}
{{- if lt (int64 $runners.maxPods) $least -}}
{{- fail (printf "runners.maxPods must be at least %d: %d for queries (runners.concurrent), %s that wait (one for each dataset, unless [pool] min_idle in config says otherwise), and those that are being removed or bring a snapshot" $least (int64 $runners.concurrent) $waiting) -}}
{{- end -}}
{{- if or (gt (int $runners.requests.cpuMillis) (int $runners.cpuMillis)) (gt (int $runners.requests.memoryMiB) (int $runners.memoryMiB)) -}}
{{- fail "runners.requests may not be more than runners.cpuMillis and runners.memoryMiB" -}}
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
