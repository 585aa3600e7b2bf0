"""boston311 0.1.1 against a running platform: its models are strict about every key."""
import datetime
import sys

import boston311.api as api

base, _ = sys.argv[1:3]
api.BOSTON_API_ENDPOINT = base + "/"
services = api.get_services().services
assert services
start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=60)
listed = api.get_service_requests(start_date=start).service_requests
assert listed
code = listed[0].service_code
some = api.get_service_requests(service_code=code, start_date=start, status="open").service_requests
assert all(one.service_code == code for one in some)
one = api.get_service_request(listed[0].service_request_id)
assert one.service_request_id == listed[0].service_request_id
print(len(services), "services,", len(listed), "requests")
