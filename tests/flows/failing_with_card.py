from metaflow import FlowSpec, card, retry, step


class FailingWithCardFlow(FlowSpec):
    @retry(times=1, minutes_between_retries=0)
    @card
    @card(type="lineage", id="lineage")
    @step
    def start(self):
        raise ValueError("this step always fails")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FailingWithCardFlow()
