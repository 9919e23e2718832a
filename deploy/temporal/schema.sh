#!/bin/sh
# Makes Temporal's two databases, or brings them up to date. Safe to repeat.
set -eu

sql() {
  database=$1
  shift
  temporal-sql-tool --plugin postgres12 --ep "$SQL_HOST" -p "$SQL_PORT" -u "$SQL_USER" --db "$database" "$@"
}

# An update fails only on a database that has no schema yet: setting that up again would forget which version it has.
ensure() {
  versions=/etc/temporal/schema/postgresql/v12/$2/versioned
  if sql "$1" update-schema -d "$versions"; then
    return
  fi
  sql "$1" create
  sql "$1" setup-schema -v 0.0
  sql "$1" update-schema -d "$versions"
}

ensure temporal temporal
ensure temporal_visibility visibility
