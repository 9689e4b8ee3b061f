{{/* True where queries run as Jobs. */}}
{{- define "csv-analyst.jobs" -}}
{{- if eq .Values.sandbox.kind "kubernetes" -}}true{{- end -}}
{{- end -}}

{{- define "csv-analyst.runnersNamespace" -}}
{{- default (include "csv-analyst.named" (dict "root" . "suffix" "runners")) .Values.runners.namespace.name -}}
{{- end -}}

{{/* One account and one claim for each release, also where two share the runners' namespace. */}}
{{- define "csv-analyst.runnerAccount" -}}
{{- include "csv-analyst.named" (dict "root" . "suffix" "runner") -}}
{{- end -}}

{{- define "csv-analyst.snapshotsClaim" -}}
{{- default (include "csv-analyst.named" (dict "root" . "suffix" "snapshots")) .Values.runners.snapshots.existingClaim -}}
{{- end -}}

{{/* Of the objects around runners; runners' own labels are the service's. */}}
{{- define "csv-analyst.runnersLabels" -}}
app.kubernetes.io/name: {{ include "csv-analyst.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: runners
{{ include "csv-analyst.commonLabels" . }}
{{- end -}}

{{/* What the operator's configuration says of a key, as JSON; nothing where it says nothing. */}}
{{- define "csv-analyst.configured" -}}
{{- $table := get (.root.Values.config | fromToml) .table -}}
{{- if and (kindIs "map" $table) (hasKey $table .key) -}}
{{- get $table .key | toJson -}}
{{- end -}}
{{- end -}}

{{/* The service's variables: there are none that the chart decides among the operator's (_check.tpl). */}}
{{- define "csv-analyst.environment" -}}
{{- merge (include "csv-analyst.ownEnvironment" . | fromJson) .Values.environment | toJson -}}
{{- end -}}

{{/* What the chart decides, as the environment of the service: it wins over the file. */}}
{{- define "csv-analyst.ownEnvironment" -}}
{{- $set := dict "CSV_ANALYST_LISTEN" "0.0.0.0:3000" -}}
{{- /* Below the volume, whose own root the kubelet opens to a group. */ -}}
{{- $_ := set $set "CSV_ANALYST_DATA_DIRECTORY" "/data/service" -}}
{{- $_ := set $set "CSV_ANALYST_MODE" (ternary "production" "development" .Values.production) -}}
{{- $_ := set $set "CSV_ANALYST_SANDBOX__KIND" .Values.sandbox.kind -}}
{{- $accepted := .Values.sandbox.acceptMissingGuards -}}
{{- if include "csv-analyst.jobs" . -}}
{{- $set = merge (include "csv-analyst.runnersEnvironment" . | fromJson) $set -}}
{{- else if not $accepted -}}
{{- $accepted = list "namespaces" "own-root" "control-group" -}}
{{- end -}}
{{- $_ := set $set "CSV_ANALYST_SANDBOX__ACCEPT_MISSING_GUARDS" (toJson $accepted) -}}
{{- toJson $set -}}
{{- end -}}

{{/* Pods that do not wait: those of queries, those that have answered and are being removed, and the one that
brings a snapshot. */}}
{{- define "csv-analyst.busyPods" -}}
{{- $leaving := include "csv-analyst.configured" (dict "root" . "table" "pool" "key" "max_leaving") -}}
{{- add .Values.runners.concurrent (default "2" $leaving) 1 -}}
{{- end -}}

{{/* One for each dataset, or min_idle: of the three built-in ones, those of the values and of the configuration. */}}
{{- define "csv-analyst.waitingPods" -}}
{{- $builtIn := empty (include "csv-analyst.configured" (dict "root" . "table" "datasets" "key" "registry")) | ternary 3 0 -}}
{{- $folders := include "csv-analyst.configured" (dict "root" . "table" "datasets" "key" "folders") -}}
{{- $datasets := add $builtIn (len .Values.datasets) (default "[]" $folders | fromJsonArray | len) -}}
{{- $each := include "csv-analyst.configured" (dict "root" . "table" "pool" "key" "min_idle") -}}
{{- max 1 (mul $datasets (default "1" $each)) -}}
{{- end -}}

{{/* The quota bounds what waits, not this pod's memory: the pool counts each that waits as 48 MiB, and gets as
many as the quota has beside those that are busy. */}}
{{- define "csv-analyst.runnersEnvironment" -}}
{{- $runners := .Values.runners -}}
{{- $set := dict
  "NAMESPACE" (include "csv-analyst.runnersNamespace" .)
  "IMAGE" (include "csv-analyst.imageOf" (dict "image" $runners.image "root" .))
  "IMAGE_PULL_POLICY" $runners.image.pullPolicy
  "SERVICE_ACCOUNT" (include "csv-analyst.runnerAccount" .)
  "CLAIM" (include "csv-analyst.snapshotsClaim" .)
  "HOST_USERS" (toString $runners.hostUsers)
  "CPU_REQUEST_MILLIS" (toString $runners.requests.cpuMillis)
  "MEMORY_REQUEST_BYTES" (include "csv-analyst.bytes" $runners.requests.memoryMiB)
  "START_DEADLINE_SECONDS" (toString $runners.startDeadlineSeconds)
-}}
{{- with $runners.runtimeClassName }}{{- $_ := set $set "RUNTIME_CLASS" . }}{{- end -}}
{{- with $runners.priorityClassName }}{{- $_ := set $set "PRIORITY_CLASS" . }}{{- end -}}
{{- with $runners.imagePullSecrets }}
{{- $names := list }}{{- range . }}{{- $names = append $names .name }}{{- end -}}
{{- $_ := set $set "IMAGE_PULL_SECRETS" (toJson $names) }}
{{- end -}}
{{- $environment := dict
  "CSV_ANALYST_SANDBOX__INSTANCE_LABEL" (include "csv-analyst.fullname" .)
  "CSV_ANALYST_LIMITS__CPU_MILLIS" (toString $runners.cpuMillis)
  "CSV_ANALYST_LIMITS__MEMORY_BYTES" (include "csv-analyst.bytes" $runners.memoryMiB)
  "CSV_ANALYST_LIMITS__SCRATCH_BYTES" (include "csv-analyst.bytes" $runners.scratchMiB)
  "CSV_ANALYST_QUEUE__MAX_RUNNING" (toString $runners.concurrent)
  "CSV_ANALYST_POOL__MAX_IDLE" (toString $runners.maxIdle)
  "CSV_ANALYST_POOL__FREE_MEMORY_BYTES" "0"
  "CSV_ANALYST_POOL__MEMORY_BYTES" (toString (mul (sub $runners.maxPods (include "csv-analyst.busyPods" .)) 50331648))
-}}
{{- range $key, $value := $set -}}
{{- $_ := set $environment (printf "CSV_ANALYST_SANDBOX__KUBERNETES__%s" $key) $value -}}
{{- end -}}
{{- toJson $environment -}}
{{- end -}}

{{/* Whole numbers: a float would be printed as 5.36870912e+08. */}}
{{- define "csv-analyst.bytes" -}}
{{- mul (int64 .) 1048576 -}}
{{- end -}}

{{/* Of a runner's container: its log. What it spills is memory. The provider asks for this much. */}}
{{- define "csv-analyst.ephemeralMiB" -}}64{{- end -}}
