"""georeport 0.3.1 against a running platform: every method, in both formats, and both say the same."""
import sys

from georeport import GeoReport

base, _ = sys.argv[1:3]
json_client, xml_client = GeoReport(base, jurisdiction="starter"), GeoReport(base, jurisdiction="starter", output_format="xml")
services = json_client.get_service_list()
assert {one["service_code"] for one in services} == {one["service_code"] for one in xml_client.get_service_list()}
for one in services:
    if one["metadata"]:
        definition = json_client.get_service_definition(one["service_code"])
        assert definition["attributes"], one
        assert xml_client.get_service_definition(one["service_code"])["service_code"] == one["service_code"]
listed = json_client.get_service_requests()
assert listed, "no requests"
ids = [one["service_request_id"] for one in listed]
assert ids == [one["service_request_id"] for one in xml_client.get_service_requests()]
closed = json_client.get_service_requests(status="closed")
assert closed and all(one["status"] == "closed" for one in closed)
two = ",".join(ids[:2])
assert [one["service_request_id"] for one in json_client.get_service_requests(service_request_id=two)] == ids[:2]
code = listed[0]["service_code"]
some = json_client.get_service_requests(service_code=code, start_date="2020-01-01T00:00:00Z", end_date="2020-03-01T00:00:00Z")
assert some == []
one = json_client.get_service_request(ids[0])
assert one["service_request_id"] == xml_client.get_service_request(ids[0])["service_request_id"] == ids[0]
print(len(services), "services,", len(listed), "requests")
