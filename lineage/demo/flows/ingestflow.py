from metaflow import FlowSpec, step


class IngestFlow(FlowSpec):
    """Fetches raw orders; the demo deletes the run afterwards, as a clean-up job would."""

    @step
    def start(self):
        self.orders = [(day, 20 + 2 * day + day * 7 % 5) for day in range(30)]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    IngestFlow()
