#!/bin/sh
# Whether an image that a builder copied together holds what was packed: the same paths, each with its kind, mode
# and owner. The service writes into folders that only its own user may open, so a copy that loses an owner or a
# mode would still build, and not work.
#
#   sh xtask/docker/compare.sh csv-analyst:latest target/packed/csv-analyst-image-linux-amd64.tar
#
# It needs Docker and GNU tar, prints what differs, and ends with 1 then.
set -eu

if [ $# -ne 2 ]; then
    echo "usage: compare.sh IMAGE ARCHIVE" >&2
    exit 2
fi
image="$1"
archive="$2"

work="$(mktemp -d)"
container=""
clean_up() {
    # Its volumes, too: one was made for /data.
    if [ -n "$container" ]; then docker rm --volumes "$container" >/dev/null || true; fi
    rm -rf "$work"
}
trap clean_up EXIT

# Kind and mode, owner, path. Times are left out: a builder may set them. So are the files that an engine lays over
# every container.
listed() {
    tar --list --verbose --numeric-owner --file "$1" |
        awk '{ print $1, $2, $6 }' |
        grep -Ev ' (\.dockerenv|(dev|etc|proc|sys)(/.*)?)$' |
        LC_ALL=C sort
}

mkdir "$work/layout"
tar --extract --file "$archive" --directory "$work/layout"
layer="$(sed 's/.*"Layers":\["\([^"]*\)".*/\1/' "$work/layout/manifest.json")"
listed "$work/layout/$layer" >"$work/packed"

# Not started: what is exported is what the image holds.
container="$(docker create "$image")"
docker export --output "$work/exported.tar" "$container"
listed "$work/exported.tar" >"$work/built"

if [ ! -s "$work/packed" ] || ! diff "$work/packed" "$work/built"; then
    echo "$image differs from $archive (<: packed, >: in the image)" >&2
    exit 1
fi
echo "$image holds what was packed: $(wc -l <"$work/packed") files and folders with their modes and owners"
