"""What the published Python library makes of the messages in vectors.json.

  pip install standardwebhooks==1.1.0
  python vectors.py sign   < vectors.json     the library's signature of each message
  python vectors.py verify < signed.json      "verified" for each signed request, or the library's error

A signed request is {"secret", "headers", "body"}, as webhooks/signature.ts makes headers at this moment.
"""

import json
import sys
from datetime import datetime, timezone

from standardwebhooks.webhooks import Webhook

mode = sys.argv[1]
for case in json.load(sys.stdin):
    webhook = Webhook(case["secret"])
    if mode == "sign":
        at = datetime.fromtimestamp(case["timestamp"], tz=timezone.utc)
        print(webhook.sign(case["webhookId"], at, case["body"]))
    else:
        webhook.verify(case["body"], case["headers"])
        print("verified")
