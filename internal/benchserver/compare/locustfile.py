"""Locust users that invoke an endpoint through boto3, without retries."""
import os
import time

import boto3
from botocore.config import Config
from locust import User, constant, task

ENDPOINT = os.environ["BENCH_ENDPOINT"]
PAYLOAD = os.environ["BENCH_PAYLOAD"]
IDLE = os.environ.get("BENCH_IDLE") == "1"

clients = {}


def client(host):
    """One for all users: making one takes longer than many requests."""
    if host not in clients:
        clients[host] = boto3.client(
            "sagemaker-runtime",
            endpoint_url=host,
            config=Config(retries={"max_attempts": 0}, max_pool_connections=1000),
        )
    return clients[host]


class Invoker(User):
    wait_time = constant(0)

    @task
    def invoke(self):
        if IDLE:
            client(self.host)
            time.sleep(0.5)
            return
        began = time.perf_counter()
        failure = None
        length = 0
        try:
            answer = client(self.host).invoke_endpoint(
                EndpointName=ENDPOINT, ContentType="application/json", Body=PAYLOAD
            )
            length = len(answer["Body"].read())
        except Exception as e:
            failure = e
        self.environment.events.request.fire(
            request_type="InvokeEndpoint",
            name=ENDPOINT,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=length,
            exception=failure,
            context={},
        )
