"""chicagorequests 0.0.5 against a running platform: day by day with extensions, page by page until a short one."""
import datetime
import sys

import chicagorequests
import requests

base, _ = sys.argv[1:3]
chicagorequests.Downloader.BASE_URL = base + "/requests.json"
now = datetime.datetime.now(datetime.timezone.utc)
# From a midnight on: the client's days begin at the hour of the start and end at midnight.
start = (now - datetime.timedelta(days=80)).replace(hour=0, minute=0, second=0, microsecond=0)
found = chicagorequests.Downloader()((start, now))
ids = [one["service_request_id"] for one in found]
assert len(ids) == len(set(ids)) and len(ids) > 200, f"{len(ids)} requests: more than one page is wanted"
assert all(one["notes"] and isinstance(one["extended_attributes"], dict) for one in found)
assert ids == [one["service_request_id"] for one in requests.get(base + "/requests.json", {"page_size": 10000, "start_date": start.isoformat(), "end_date": now.isoformat()}).json()]
by_day = [one for day in chicagorequests.day_intervals(start, now) for one in chicagorequests.Downloader()(day)]
assert {one["service_request_id"] for one in by_day} == set(ids), f"{len(by_day)} by day, {len(ids)} at once"
code = found[0]["service_code"]
changed = chicagorequests.Downloader([code], start - datetime.timedelta(days=1), now)((start, now))
assert changed and all(one["service_code"] == code for one in changed)
print(len(ids), "requests in", len(ids) // 200 + 1, "pages")
