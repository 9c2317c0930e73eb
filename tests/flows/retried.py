from metaflow import FlowSpec, current, retry, step, trigger


@trigger(event="first")
class RetriedFlow(FlowSpec):
    @retry(times=1, minutes_between_retries=0)
    @step
    def start(self):
        if current.retry_count == 0:
            raise ValueError("the first attempt fails")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    RetriedFlow()
