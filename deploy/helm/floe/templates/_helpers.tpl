{{- define "floe.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "floe.labels" -}}
app.kubernetes.io/name: floe
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "floe.selector" -}}
app.kubernetes.io/name: floe
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "floe.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "floe.secretName" -}}
{{- if .Values.secret.existing -}}
{{ .Values.secret.existing }}
{{- else -}}
{{ include "floe.name" . }}
{{- end -}}
{{- end }}

{{/* Variables of one container: those of all, then its own, then what the chart decides. */}}
{{- define "floe.env" -}}
{{- range $name, $value := mergeOverwrite (dict) .root.Values.env .root.Values.notify.env .env .fixed }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "floe.envFrom" -}}
- secretRef:
    name: {{ include "floe.secretName" . }}
{{- end }}

{{- define "floe.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "floe.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "floe.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
- name: data
  mountPath: /data
{{- if .Values.notify.filesSecret }}
- name: notify
  mountPath: /notify
  readOnly: true
{{- end }}
{{- end }}

{{- define "floe.volumes" -}}
- name: tmp
  emptyDir: {}
- name: data
  {{- if .Values.data.existingClaim }}
  persistentVolumeClaim:
    claimName: {{ .Values.data.existingClaim }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- include "floe.notifyVolume" . }}
{{- end }}

{{- define "floe.notifyVolume" }}
{{- with .Values.notify.filesSecret }}
- name: notify
  secret:
    secretName: {{ . }}
    # 0440: their group is the processes'.
    defaultMode: 288
{{- end }}
{{- end }}

{{- define "floe.probes" -}}
livenessProbe:
  httpGet: { path: /health/live, port: {{ . }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: {{ . }} }
  periodSeconds: 5
  timeoutSeconds: 5
startupProbe:
  httpGet: { path: /health/live, port: {{ . }} }
  periodSeconds: 5
  failureThreshold: 24
{{- end }}

{{- define "floe.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
