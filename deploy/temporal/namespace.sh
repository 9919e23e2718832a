#!/bin/sh
# Makes the namespace and what Floe's workflows are searched by. Safe to repeat.
set -eu

until temporal operator cluster health --address "$TEMPORAL_ADDRESS"; do
  echo "Waiting for Temporal at $TEMPORAL_ADDRESS ..."
  sleep 2
done

temporal operator namespace describe --address "$TEMPORAL_ADDRESS" -n "$NAMESPACE" ||
  temporal operator namespace create --address "$TEMPORAL_ADDRESS" -n "$NAMESPACE" --retention 72h

# A new namespace takes some seconds to be known everywhere.
until known=$(temporal operator search-attribute list --address "$TEMPORAL_ADDRESS" -n "$NAMESPACE"); do
  sleep 2
done

for attribute in TenantId:Keyword CampaignId:Keyword JobType:Keyword Lane:Keyword Progress:Int; do
  name=${attribute%%:*}
  if ! echo "$known" | grep -qw "$name"; then
    temporal operator search-attribute create --address "$TEMPORAL_ADDRESS" -n "$NAMESPACE" \
      --name "$name" --type "${attribute#*:}"
  fi
done
