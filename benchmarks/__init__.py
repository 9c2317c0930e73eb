"""What lineage costs, beside the stock way of doing the same: `python -m benchmarks`, or `make bench`.

A benchmark is a module `bench_<name>.py` with one function::

    def rows(quick: bool) -> Iterator[Row]: ...

that yields a `benchmarks.table.Row` for each line of the table, as soon as it is measured. With `quick` it
uses smaller sizes, so that the whole takes a minute or two: a check that it still runs, not a result.
Ratios are taken in one run of one process, both sides in turns, and are medians.
"""
