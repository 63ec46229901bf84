#!/usr/bin/env bash
# Makes the secrets of compose.yaml that are missing, in deploy/secrets, which git does not keep.
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets
mkdir -p "$folder"
# Compose mounts each file with its own mode, and containers read it as users of theirs: what keeps others of this machine away is the folder.
chmod 700 "$folder"
umask 022
for name in postgres_password redis_password django_secret_key grafana_password; do
    if [[ ! -s $folder/$name ]]; then
        head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_' >"$folder/$name"
        printf 'made    %s\n' "$folder/$name"
    fi
done
