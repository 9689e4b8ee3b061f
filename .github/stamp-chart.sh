#!/bin/sh
# Makes a packed chart install the images of its own release: by name and digest, which win over a tag. All other
# values stay as they are.
#
#   sh .github/stamp-chart.sh CHART.tgz SERVICE@sha256:... RUNNER@sha256:... FOLDER
#
# The new chart has the same file name and lies in FOLDER. Where Helm does not render both images, it ends with 1 and
# writes nothing.
set -eu

if [ $# -ne 4 ]; then
    echo "usage: stamp-chart.sh CHART SERVICE RUNNER FOLDER" >&2
    exit 2
fi
chart="$1"
service="$2"
runner="$3"
folder="$4"
for image in "$service" "$runner"; do
    if ! printf '%s\n' "$image" | grep -Eqx '[a-z0-9./_-]+@sha256:[0-9a-f]{64}'; then
        echo "$image is not an image by its digest" >&2
        exit 2
    fi
done

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
tar -xzf "$chart" -C "$work"
values="$work/csv-analyst/values.yaml"

# In the block of a key at the top: the two lines with just this much space before them.
set_image() {
    sed "/^$1:/,/^[^ ]/{
        s|^$2repository:.*|$2repository: ${3%@*}|
        s|^$2digest:.*|$2digest: ${3#*@}|
    }" "$values" >"$work/changed"
    mv "$work/changed" "$values"
}
set_image image '  ' "$service"
set_image runners '    ' "$runner"

# Without the API server's addresses the chart refuses to render.
rendered="$(helm template chat "$work/csv-analyst" --set 'networkPolicy.apiServer.cidrs={192.0.2.10/32}')"
for image in "$service" "$runner"; do
    if ! printf '%s\n' "$rendered" | grep -F -- "$image" >/dev/null; then
        echo "the chart does not install $image: its values have another form than this script knows" >&2
        exit 1
    fi
done
helm package "$work/csv-analyst" --destination "$folder"
