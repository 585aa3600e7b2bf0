"""An SMTP server for tests: prints each message that it takes as one line of JSON.

Start: python smtp.py PORT. The first line says that it listens. It delivers nothing to anybody.
"""

import json
import sys
import time
from email import message_from_bytes
from email.policy import default

from aiosmtpd.controller import Controller


class Printer:
    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=default)
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "id": message["message-id"],
            "body": message.get_content(),
        }
        print(json.dumps(line, ensure_ascii=False), flush=True)
        return "250 Message accepted for delivery"


controller = Controller(Printer(), hostname="127.0.0.1", port=int(sys.argv[1]), decode_data=False)
controller.start()
print(json.dumps({"listens": True}), flush=True)
while True:
    time.sleep(3600)
