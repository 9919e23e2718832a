"""Bodies that are no JSON, as the bytes that schemathesis made up."""

import schemathesis


@schemathesis.serializer("text/csv", "application/gzip", "application/zip", "message/rfc822")
def as_bytes(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
