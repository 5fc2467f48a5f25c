"""Asks a simulator through boto3 and says of each call whether it went as with AWS.

usage: client.py before|after

"before" sends what "after", when the points are out, finds in CloudWatch. A line "ok NAME" or "FAIL NAME: why" for each call.
A new call is a function in the table CALLS, at the end.
"""
import datetime
import functools
import json
import os
import sys
import traceback

import boto3
import botocore.exceptions
from botocore.config import Config

URL = os.environ["COMPAT_URL"]
BROKEN_URL = os.environ["COMPAT_BROKEN_URL"]  # the same with a fault in each operation
START = datetime.datetime.fromisoformat(os.environ["COMPAT_START"])  # when the server started
WINDOW = {"StartTime": START, "EndTime": START + datetime.timedelta(minutes=10)}
COUNTED = 7  # requests to the endpoint of that name

# What an invocation of the endpoint fault-KIND ends in: an AWS error code and HTTP status, or a failure of the connection;
# and the metrics that are 1 for it, beside Invocations. None: no metric knows of it.
FAULTS = {
    "throttled": ("ThrottlingException", 400, ["Invocation4XXErrors"]),
    "not_ready": ("ModelNotReadyException", 429, ["Invocation4XXErrors"]),
    "invalid": ("ValidationError", 400, ["Invocation4XXErrors"]),
    "access_denied": ("AccessDeniedException", 403, None),
    "expired_token": ("ExpiredTokenException", 403, None),
    "internal": ("InternalFailure", 500, ["Invocation5XXErrors"]),
    "unavailable": ("ServiceUnavailable", 503, ["Invocation5XXErrors"]),
    "dependency": ("InternalDependencyException", 530, ["Invocation5XXErrors"]),
    "model": ("ModelError", 424, ["Invocation5XXErrors", "InvocationModelErrors"]),
    "bad_gateway": ("502", 502, ["Invocation5XXErrors"]),
    "gateway_timeout": ("504", 504, ["Invocation5XXErrors"]),
    "reset": ("connection", 0, []),
    "truncated": ("connection", 0, []),
    "stall": ("connection", 0, []),
}
ERRORS = ["Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"]

# What a broken operation answers: the code as the Query protocol names it, and as JSON does.
BROKEN = [
    ("cloudwatch", "get_metric_data", {"MetricDataQueries": [], **WINDOW}, "Throttling", "ThrottlingException"),
    ("cloudwatch", "list_metrics", {}, "AccessDenied", "AccessDeniedException"),
    ("cloudwatch", "put_metric_data", {"Namespace": "Load", "MetricData": []}, "InternalFailure", "InternalFailure"),
    ("sts", "get_caller_identity", {}, "ExpiredToken", "ExpiredTokenException"),
    ("sagemaker", "describe_endpoint", {"EndpointName": "demo"}, "ThrottlingException", "ThrottlingException"),
]


@functools.lru_cache(maxsize=None)  # making one takes longer than most calls
def client(service, url=URL, read_timeout=30):
    return boto3.client(service, endpoint_url=url, config=Config(retries={"max_attempts": 0}, read_timeout=read_timeout))


def same(got, want, what="value"):
    if got != want:
        raise AssertionError(f"{what} {got!r}, want {want!r}")


def code_of(call, *args, **kwargs):
    """The error that a call ends in: its code and status."""
    try:
        call(*args, **kwargs)
    except botocore.exceptions.ClientError as e:
        return e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError("no error")


def invoke(endpoint, body='{"inputs": "hello"}', content_type="application/json", **config):
    answer = client("sagemaker-runtime", **config).invoke_endpoint(EndpointName=endpoint, ContentType=content_type, Body=body)
    return answer, answer["Body"].read()


# Before the points are out.


def invoke_text():
    answer, body = invoke("demo")
    same(answer["ContentType"], "application/json")
    same(answer["InvokedProductionVariant"], "AllTraffic")
    if b"POSITIVE" not in body:
        raise AssertionError(f"body {body!r}")


def invoke_binary():
    invoke("demo", body=bytes(range(256)) * 4096, content_type="application/x-npy")


def invoke_counted():
    for _ in range(COUNTED):
        invoke("counted")


def faults():
    for kind, (code, status, _) in FAULTS.items():
        try:
            invoke("fault-" + kind.replace("_", "-"), read_timeout=1 if kind == "stall" else 30)
        except botocore.exceptions.ClientError as e:
            same((e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]), (code, status), kind)
        except botocore.exceptions.BotoCoreError as e:  # HTTPClientError, ReadTimeoutError, ResponseStreamingError, ...
            same(code, "connection", f"{kind} ended in {e!r}, which is no answer:")
        else:
            raise AssertionError(f"{kind}: no error")


def model_error():
    runtime = client("sagemaker-runtime")
    try:
        runtime.invoke_endpoint(EndpointName="fault-model-again", Body="{}")
    except runtime.exceptions.ModelError as e:
        same(e.response["OriginalStatusCode"], 500)
        if not e.response["LogStreamArn"] or not e.response["OriginalMessage"]:
            raise AssertionError(f"response {e.response}")
    else:
        raise AssertionError("no error")


def unknown_endpoint():
    same(code_of(invoke, "nobody"), ("ValidationError", 400))


def wrong_secret():
    bad = {"aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "wrong", "aws_session_token": os.environ["AWS_SESSION_TOKEN"]}
    for service, call, want in [
        ("sagemaker-runtime", lambda c: c.invoke_endpoint(EndpointName="demo", Body="{}"), ["InvalidSignatureException"]),
        ("cloudwatch", lambda c: c.list_metrics(), ["SignatureDoesNotMatch", "InvalidSignatureException"]),
        ("sts", lambda c: c.get_caller_identity(), ["SignatureDoesNotMatch"]),
    ]:
        code, status = code_of(call, boto3.client(service, endpoint_url=URL, config=Config(retries={"max_attempts": 0}), **bad))
        if code not in want or status not in (400, 403):
            raise AssertionError(f"{service}: {code} {status}, want one of {want}")


def describe():
    sagemaker = client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName="demo")
    same(endpoint["EndpointStatus"], "InService")
    same(endpoint["ProductionVariants"][0]["CurrentInstanceCount"], 2)
    if not isinstance(endpoint["CreationTime"], datetime.datetime):
        raise AssertionError(f"creation time {endpoint['CreationTime']!r}")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    same(config["ProductionVariants"][0]["InstanceType"], "ml.m5.12xlarge")
    same(sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"], [{"Key": "stage", "Value": "test"}])
    same(code_of(sagemaker.describe_endpoint, EndpointName="nobody"), ("ValidationException", 400))
    same(code_of(sagemaker.list_models)[0], "UnknownOperationException")


def list_endpoints():
    pages = client("sagemaker").get_paginator("list_endpoints").paginate(NameContains="fault-", PaginationConfig={"PageSize": 5})
    names = [e["EndpointName"] for page in pages for e in page["Endpoints"]]
    same(len(names), len(FAULTS) + 1, "endpoints")


def response_stream():
    runtime = client("sagemaker-runtime")
    if not hasattr(runtime, "invoke_endpoint_with_response_stream"):
        return  # it came after 1.26
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName="demo", ContentType="application/json", Body="{}")
    same((answer["ContentType"], answer["InvokedProductionVariant"]), ("application/json", "AllTraffic"))
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    if len(parts) < 2 or b"POSITIVE" not in b"".join(parts):
        raise AssertionError(f"parts {parts!r}")


def scaling():
    autoscaling = client("application-autoscaling")
    targets = autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    same([t["ResourceId"] for t in targets], ["endpoint/demo/variant/AllTraffic"])
    policies = autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    same(policies[0]["TargetTrackingScalingPolicyConfiguration"]["TargetValue"], 6000.0)


def scaling_acts():
    """A target with a policy is registered; its least capacity holds at once, and is an activity."""
    autoscaling = client("application-autoscaling")
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/other/variant/AllTraffic", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
    autoscaling.register_scalable_target(MinCapacity=3, MaxCapacity=5, **target)
    policy = autoscaling.put_scaling_policy(PolicyName="track", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration={
        "TargetValue": 600.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }, **target)
    same(len(policy["Alarms"]), 2, "alarms")
    activity = autoscaling.describe_scaling_activities(ServiceNamespace="sagemaker", ResourceId=target["ResourceId"])["ScalingActivities"][0]
    same(activity["Description"], "Setting desired instance count to 3.")
    same(client("sagemaker").describe_endpoint(EndpointName="other")["ProductionVariants"][0]["DesiredInstanceCount"], 3)
    autoscaling.delete_scaling_policy(PolicyName="track", **target)
    autoscaling.deregister_scalable_target(**target)
    same(code_of(autoscaling.deregister_scalable_target, **target), ("ObjectNotFoundException", 400))


def weights_and_capacities():
    sagemaker = client("sagemaker")
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="counted", DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 4}])
    same(sagemaker.describe_endpoint(EndpointName="counted")["ProductionVariants"][0]["DesiredInstanceCount"], 4)
    same(code_of(sagemaker.update_endpoint_weights_and_capacities, EndpointName="nobody", DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 1}]), ("ValidationException", 400))


def endpoint_life():
    sagemaker = client("sagemaker")
    variant = {"VariantName": "Only", "ModelName": "mine", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    for name in ["one", "two"]:
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    same(code_of(sagemaker.create_endpoint_config, EndpointConfigName="one", ProductionVariants=[variant])[0], "ValidationException")
    sagemaker.create_endpoint(EndpointName="mine", EndpointConfigName="one")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="mine", WaiterConfig={"Delay": 1})
    same(invoke("mine")[0]["InvokedProductionVariant"], "Only")
    sagemaker.update_endpoint(EndpointName="mine", EndpointConfigName="two")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="mine", WaiterConfig={"Delay": 1})
    same(sagemaker.describe_endpoint(EndpointName="mine")["EndpointConfigName"], "two")
    sagemaker.delete_endpoint(EndpointName="mine")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="mine", WaiterConfig={"Delay": 1})
    for name in ["one", "two"]:
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
    same(code_of(invoke, "mine"), ("ValidationError", 400))


def inference_component():
    component = client("sagemaker")
    if not hasattr(component, "describe_inference_component"):
        return  # it came after 1.26
    same(component.describe_inference_component(InferenceComponentName="part")["RuntimeConfig"]["DesiredCopyCount"], 2)
    same(code_of(component.describe_inference_component, InferenceComponentName="nobody"), ("ValidationException", 400))
    same([c["InferenceComponentName"] for c in component.list_inference_components(EndpointNameEquals="parts")["InferenceComponents"]], ["part"])
    component.update_inference_component_runtime_config(InferenceComponentName="part", DesiredRuntimeConfig={"CopyCount": 3})
    described = component.describe_inference_component(InferenceComponentName="part")
    same((described["InferenceComponentStatus"], described["RuntimeConfig"]), ("Updating", {"CurrentCopyCount": 2, "DesiredCopyCount": 3}))
    same(described["Specification"]["ComputeResourceRequirements"]["NumberOfCpuCoresRequired"], 12.0)
    same(code_of(component.update_inference_component_runtime_config, InferenceComponentName="part", DesiredRuntimeConfig={"CopyCount": 1}), ("ValidationException", 400))


def logs():
    """The fault of model_error stands in the log of the container that met it."""
    logs, group = client("logs"), "/aws/sagemaker/Endpoints/fault-model-again"
    streams = [s["logStreamName"] for s in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    if not streams or not streams[0].startswith("AllTraffic/i-"):
        raise AssertionError(f"streams {streams}")
    since = int(START.timestamp() * 1000) - 1000
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since, filterPattern="ERROR")
    events = [e for page in pages for e in page["events"]]
    if not events or events[0]["logStreamName"] not in streams or events[0]["timestamp"] < since:
        raise AssertionError(f"events {events}")
    same(code_of(logs.filter_log_events, logGroupName="/aws/sagemaker/Endpoints/nobody"), ("ResourceNotFoundException", 400))


def prices():
    def of(name, value):
        return {"Type": "TERM_MATCH", "Field": name, "Value": value}

    products = client("pricing").get_products(ServiceCode="AmazonSageMaker", Filters=[
        of("productFamily", "ML Instance"), of("component", "Hosting"), of("instanceName", "ml.m5.12xlarge"), of("regionCode", os.environ["AWS_DEFAULT_REGION"]),
    ])["PriceList"]
    product = json.loads(products[0])
    same(product["product"]["attributes"]["vCpu"], "48")
    (term,) = product["terms"]["OnDemand"].values()
    (price,) = term["priceDimensions"].values()
    if not float(price["pricePerUnit"]["USD"]) > 0:
        raise AssertionError(f"price {price}")


def quotas():
    for listed in "list_service_quotas", "list_aws_default_service_quotas":
        pages = client("service-quotas").get_paginator(listed).paginate(ServiceCode="sagemaker")
        names = {q["QuotaName"]: q["Value"] for page in pages for q in page["Quotas"]}
        if not names["ml.m5.12xlarge for endpoint usage"] >= 1:
            raise AssertionError(f"{listed} {names}")


def identity():
    who = client("sts").get_caller_identity()
    same(who["Account"], "123456789012")
    same(who["Arn"], "arn:aws:sts::123456789012:assumed-role/sagetop-demo/demo")


def broken():
    for service, call, arguments, *want in BROKEN:
        got, _ = code_of(getattr(client(service, BROKEN_URL), call), **arguments)
        if got not in want:
            raise AssertionError(f"{service} {call}: {got}, want one of {want}")


def put_metric_data():
    cloudwatch = client("cloudwatch")
    host = [{"Name": "Host", "Value": VERSION}]
    cloudwatch.put_metric_data(Namespace="Load", MetricData=[
        {"MetricName": "Users", "Dimensions": host, "Timestamp": START, "Values": [1.0, 10.0], "Counts": [9.0, 1.0], "Unit": "Count"},
        {"MetricName": "Users", "Dimensions": host, "Timestamp": START, "Value": 2.5, "Unit": "Count"},
        {"MetricName": "Sizes", "Dimensions": host, "StatisticValues": {"SampleCount": 2, "Sum": 5, "Minimum": 1, "Maximum": 4}},
    ])
    many = [{"MetricName": "Many", "Dimensions": host, "Timestamp": START, "Value": float(i)} for i in range(1000)]
    cloudwatch.put_metric_data(Namespace="Load", MetricData=many)  # newer ones compress it
    same(code_of(cloudwatch.put_metric_data, Namespace="AWS/SageMaker", MetricData=many[:1]), ("InvalidParameterValue", 400))
    same(code_of(cloudwatch.put_metric_data, Namespace="Load", MetricData=[{"MetricName": "Users", "Value": 1, "Unit": "Parsecs"}]), ("InvalidParameterValue", 400))


# After that.


def dimensions(endpoint):
    return [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "AllTraffic"}]


def sums(endpoint, names):
    """The sum of each metric over the whole run, by GetMetricData."""
    queries = [
        {"Id": f"m{i}", "MetricStat": {"Metric": {"Namespace": "AWS/SageMaker", "MetricName": name, "Dimensions": dimensions(endpoint)}, "Period": 10, "Stat": "Sum"}}
        for i, name in enumerate(names)
    ]
    total = dict.fromkeys(names, 0)
    for page in client("cloudwatch").get_paginator("get_metric_data").paginate(MetricDataQueries=queries, **WINDOW):
        for result in page["MetricDataResults"]:
            total[result["Label"]] += sum(result["Values"])
    return total


def get_metric_data():
    same(sums("counted", ["Invocations", *ERRORS]), {"Invocations": COUNTED, **dict.fromkeys(ERRORS, 0)})
    for kind, (_, _, metrics) in FAULTS.items():
        want = dict.fromkeys(["Invocations", *ERRORS], 0)
        for name in [] if metrics is None else ["Invocations", *metrics]:
            want[name] = 1
        same(sums("fault-" + kind.replace("_", "-"), list(want)), want, kind)


def get_metric_data_refuses():
    query = {"Id": "Q", "MetricStat": {"Metric": {"Namespace": "AWS/SageMaker", "MetricName": "Invocations"}, "Period": 60, "Stat": "Sum"}}
    same(code_of(client("cloudwatch").get_metric_data, MetricDataQueries=[query], **WINDOW), ("ValidationError", 400))


def get_metric_statistics():
    cloudwatch = client("cloudwatch")
    ask = {"Namespace": "AWS/SageMaker", "MetricName": "ModelLatency", "Dimensions": dimensions("counted"), "Period": 60, **WINDOW}
    points = cloudwatch.get_metric_statistics(Statistics=["SampleCount", "Maximum"], ExtendedStatistics=["p99"], Unit="Microseconds", **ask)["Datapoints"]
    same(sum(p["SampleCount"] for p in points), COUNTED, "samples")
    for p in points:
        same(p["Unit"], "Microseconds")
        if not 0 < p["ExtendedStatistics"]["p99"] <= p["Maximum"] or "Average" in p or p["Timestamp"].tzinfo is None:
            raise AssertionError(f"point {p}")
    same(code_of(cloudwatch.get_metric_statistics, **ask), ("InvalidParameterCombination", 400))
    ask["StartTime"] -= datetime.timedelta(days=2)
    same(code_of(cloudwatch.get_metric_statistics, Statistics=["Sum"], **ask), ("InvalidParameterCombination", 400))


def list_metrics():
    pages = client("cloudwatch").get_paginator("list_metrics").paginate(
        Namespace="AWS/SageMaker", Dimensions=[{"Name": "EndpointName", "Value": "counted"}, {"Name": "VariantName"}], RecentlyActive="PT3H"
    )
    metrics = [m for page in pages for m in page["Metrics"]]
    if "Invocations" not in [m["MetricName"] for m in metrics]:
        raise AssertionError(f"metrics {metrics}")
    for m in metrics:
        same(m["Dimensions"], dimensions("counted"))
    everything = client("cloudwatch").list_metrics(Namespace="/aws/sagemaker/Endpoints", MetricName="CPUUtilization", Dimensions=[{"Name": "InstanceId"}])
    if len(everything["Metrics"]) < 2:
        raise AssertionError(f"instances {everything['Metrics']}")
    same(code_of(client("cloudwatch").list_metrics, RecentlyActive="PT1H"), ("InvalidParameterValue", 400))


def custom_metrics():
    cloudwatch = client("cloudwatch")
    host = [{"Name": "Host", "Value": VERSION}]
    ask = {"Namespace": "Load", "Dimensions": host, "Period": 60, "StartTime": START - datetime.timedelta(minutes=1), "EndTime": WINDOW["EndTime"]}
    users = cloudwatch.get_metric_statistics(MetricName="Users", Statistics=["Sum", "SampleCount"], ExtendedStatistics=["p50"], **ask)["Datapoints"]
    same([(p["Sum"], p["SampleCount"], p["Unit"], p["ExtendedStatistics"]["p50"]) for p in users], [(21.5, 11.0, "Count", 1.0)])
    sizes = cloudwatch.get_metric_statistics(MetricName="Sizes", Statistics=["Average"], **ask)["Datapoints"]
    same([p["Average"] for p in sizes], [2.5])
    many = cloudwatch.get_metric_statistics(MetricName="Many", Statistics=["Sum"], **ask)["Datapoints"]
    same([p["Sum"] for p in many], [499500.0])
    same({m["MetricName"] for m in cloudwatch.list_metrics(Namespace="Load", Dimensions=host)["Metrics"]}, {"Users", "Sizes", "Many"})


CALLS = {
    "before": [
        invoke_text, invoke_binary, invoke_counted, response_stream, faults, model_error, unknown_endpoint, wrong_secret,
        describe, list_endpoints, weights_and_capacities, endpoint_life, inference_component, scaling, scaling_acts,
        identity, logs, prices, quotas, broken, put_metric_data,
    ],
    "after": [get_metric_data, get_metric_data_refuses, get_metric_statistics, list_metrics, custom_metrics],
}
VERSION = "boto3 " + boto3.__version__


def main(phase):
    for call in CALLS[phase]:
        try:
            call()
        except Exception as e:
            where = traceback.extract_tb(e.__traceback__)[1:2]
            print(f"FAIL {call.__name__}: {''.join(f'line {f.lineno}: ' for f in where)}{e!r}".replace("\n", " "))
        else:
            print(f"ok {call.__name__}")


main(sys.argv[1])
