from metaflow import FlowSpec, step, trigger


@trigger(
    events=["orders.ready", "prices.ready"], options={"reset_at": {"cron": "0 9 * * 7", "timezone": "UTC"}}
)
class ResetSeven(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ResetSeven()
