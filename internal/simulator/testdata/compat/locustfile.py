"""Locust's users invoke an endpoint through boto3, without retries. What they counted is printed at the end."""
import os
import time

import boto3
from botocore.config import Config
from locust import User, constant, events, task

runtime = boto3.client("sagemaker-runtime", endpoint_url=os.environ["COMPAT_URL"], config=Config(retries={"max_attempts": 0}, max_pool_connections=1000))


class Invoker(User):
    wait_time = constant(0)

    @task
    def invoke(self):
        began = time.perf_counter()
        failure = None
        length = 0
        try:
            answer = runtime.invoke_endpoint(EndpointName="demo", ContentType="application/json", Body='{"inputs": "hello"}')
            length = len(answer["Body"].read())
        except Exception as e:
            failure = e
        self.environment.events.request.fire(
            request_type="InvokeEndpoint", name="demo", response_time=(time.perf_counter() - began) * 1000,
            response_length=length, exception=failure, context={},
        )


@events.quitting.add_listener
def report(environment, **_):
    total = environment.stats.total
    print(f"COUNTED {total.num_requests} {total.num_failures}", flush=True)
