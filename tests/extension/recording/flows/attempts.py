"""Tasks that read: fifty in a foreach, one that is tried twice, one whose error is caught, a gang."""

import os
import sys

from metaflow import Flow, FlowSpec, catch, current, parallel, retry, step


class AttemptsFlow(FlowSpec):
    @step
    def start(self):
        self.numbers = list(range(int(os.environ.get("READERS", "50"))))
        self.next(self.each, foreach="numbers")

    @step
    def each(self):
        self.row = Flow("MakerFlow").latest_run.data.rows[self.input % 5]
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.twice)

    @retry(times=1, minutes_between_retries=0)
    @step
    def twice(self):
        data = Flow("MakerFlow").latest_run.data
        if current.retry_count == 0:
            data.model  # noqa: B018 - it is loaded
            raise ValueError("the first attempt fails")
        data.score  # noqa: B018 - likewise
        self.next(self.caught)

    @catch(var="problem", print_exception=False)
    @step
    def caught(self):
        Flow("MakerFlow").latest_run.data.size  # noqa: B018 - likewise
        raise ValueError("it is caught")
        self.next(self.gang)

    @step
    def gang(self):
        self.next(self.together, num_parallel=2)

    @parallel
    @step
    def together(self):
        data = Flow("MakerFlow").latest_run.data
        self.read = getattr(data, ["model", "score"][current.parallel.node_index])
        self.next(self.after)

    @step
    def after(self, inputs):
        if "FAIL" in os.environ:
            sys.exit(3)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    AttemptsFlow()
