{{- define "csv-analyst.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "csv-analyst.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "csv-analyst.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "csv-analyst.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "csv-analyst.selector" -}}
app.kubernetes.io/name: {{ include "csv-analyst.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: service
{{- end -}}

{{- define "csv-analyst.labels" -}}
{{ include "csv-analyst.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{- define "csv-analyst.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "csv-analyst.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "csv-analyst.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* What holds for every container of ours: Pod Security "restricted", and a root that cannot be written. */}}
{{- define "csv-analyst.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{- define "csv-analyst.podSecurity" -}}
{{ toYaml .Values.podSecurityContext }}
runAsNonRoot: true
# The service keeps its files for itself alone: a mode widened at each mount would undo that.
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The names that the service answers to; any other may be somebody else's name pointing here. */}}
{{- define "csv-analyst.publicHosts" -}}
{{- $name := include "csv-analyst.fullname" . -}}
{{- $inside := printf "%s.%s" $name .Release.Namespace -}}
{{- $hosts := list $name $inside (printf "%s.svc" $inside) (printf "%s.svc.cluster.local" $inside) -}}
{{- if .Values.ingress.enabled -}}
{{- $hosts = append $hosts .Values.ingress.host -}}
{{- end -}}
{{- concat $hosts .Values.publicHosts | uniq | toJson -}}
{{- end -}}

{{/* What a schema cannot say in words that help. */}}
{{- define "csv-analyst.check" -}}
{{- if ne (int .Values.replicas) 1 -}}
{{- fail "replicas must be 1: records live in SQLite on one volume, and two services on one record would close each other's runs" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.host is needed: the service answers only to names that it was told" -}}
{{- end -}}
{{- if regexMatch "(?m)^\\s*(public_hosts|listen|data_directory)\\s*=" .Values.config -}}
{{- fail "config: listen, data_directory and public_hosts are set by the chart (publicHosts adds names)" -}}
{{- end -}}
{{- end -}}
