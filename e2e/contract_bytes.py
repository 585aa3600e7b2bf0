"""What schemathesis has to know to send a part of an upload: its body is the drawn bytes as they are.

The media type is that of the draft for resumable uploads; schemathesis knows no way to write it. e2e/contract.test.mjs names this file.
"""

import schemathesis


@schemathesis.serializer("application/partial-upload")
def as_they_are(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()
