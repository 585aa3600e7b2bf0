"""three 0.8.0 against a running platform: discovery, reading, reporting with and without a photo, and a token. It was written for
Python 2, so one name that is gone is put back before it is imported."""
import io
import itertools
import sys

itertools.ifilter = filter
from three import Three  # noqa: E402

base, key, photo = sys.argv[1:4]
client = Three(base, api_key=key, jurisdiction="starter")
discovery = client.discovery()
assert {one["type"] for one in discovery["endpoints"]} == {"production", "test"}
services = {one["service_code"]: one for one in client.services()}
light = client.services("city.facility.streetlight")
assert [one["code"] for one in light["attributes"] if one["required"]] == ["AREA"]
assert client.requests(status="open", count=5, page=1)
code = "city.facility.litter"
assert code in services
kept = client.post(code, lat=30.015, long=110.005, address="桥头路1号", name="某 人", phone="555-5555", description="路口有垃圾 <三天>")
number = kept[0]["service_request_id"]
one = client.request(number)[0]
assert (one["service_code"], one["status"], one["description"]) == (code, "open", None), one
again = client.post(code, lat=30.015, long=110.005, address="桥头路1号", name="某 人", phone="555-5555", description="路口有垃圾 <三天>")
assert again[0]["service_request_id"] == number, "the same form is one case"
with open(photo, "rb") as picture:
    media = client.post(code, lat=30.016, long=110.006, description="有图", media=io.BytesIO(picture.read()))
assert media[0]["service_request_id"] != number
answers = {"attribute[AREA]": "road", "attribute[SIGNS][]": ["dark", "flicker"]}
lamp = client.post("city.facility.streetlight", lat=30.015, long=110.005, description="灯不亮", **answers)
assert lamp[0]["service_request_id"]
wrong = client.post("city.facility.streetlight", lat=30.015, long=110.005, description="灯不亮")
assert wrong[0]["code"] == 400 and "AREA" in wrong[0]["description"], wrong
batch = client.post("city.order.vendor", lat=30.015, long=110.005, description="占道")
token = batch[0]["token"]
assert client.token(token)[0]["service_request_id"]
nobody = Three(base, api_key="wrong", jurisdiction="starter").post(code, lat=30.015, long=110.005)
assert nobody[0]["code"] == 403, nobody
assert client.post(code, address="某处", description="x", jurisdiction_id="elsewhere")[0]["code"] == 404
listed = client.requests(code=code, between=["01-01-2020", "02-01-2020"])
assert listed == []
print(number, "was reported")
