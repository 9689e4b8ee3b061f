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

{{/* The full name and what something is, within the length of a name. */}}
{{- define "csv-analyst.named" -}}
{{- $suffix := printf "-%s" .suffix -}}
{{- $room := int (sub 63 (len $suffix)) -}}
{{- printf "%s%s" (include "csv-analyst.fullname" .root | trunc $room | trimSuffix "-") $suffix -}}
{{- end -}}

{{- define "csv-analyst.selector" -}}
app.kubernetes.io/name: {{ include "csv-analyst.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: service
{{- end -}}

{{/* Not the service's selector: this pod gets no traffic, and may ask. */}}
{{- define "csv-analyst.testSelector" -}}
app.kubernetes.io/name: {{ include "csv-analyst.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end -}}

{{- define "csv-analyst.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{- define "csv-analyst.labels" -}}
{{ include "csv-analyst.selector" . }}
{{ include "csv-analyst.commonLabels" . }}
{{- end -}}

{{- define "csv-analyst.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "csv-analyst.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* By digest where there is one, else by a tag that says a version. */}}
{{- define "csv-analyst.imageOf" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "csv-analyst.image" -}}
{{- include "csv-analyst.imageOf" (dict "image" .Values.image "root" .) -}}
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
{{- if .Values.httpRoute.enabled -}}
{{- $hosts = concat $hosts .Values.httpRoute.hostnames -}}
{{- end -}}
{{- concat $hosts .Values.publicHosts | uniq | toJson -}}
{{- end -}}
