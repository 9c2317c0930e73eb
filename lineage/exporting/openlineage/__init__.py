"""A lineage as OpenLineage run events (https://openlineage.io, specification 2-0-2).

Written by hand: the project's own client is large, and its serialiser drops None from lists, so that the rest
moves up. The tests check the events against the specification's JSON schemas and with the client's classes.

- A flow is a job, a run a run; an artifact that another run read is a dataset.
- Triggers and resumed runs are in the facet `jobDependencies`; a run that a step started has the facet
  `parent`. An event is traced to the runs that published it; one from outside stands for its unknown
  publisher, as the job `event:<name>`.
- A dataset is called `<flow>/<artifact>`: an output of the run that made it, an input of the run that read
  it. The facet `version` has the id of the run that made it.
- A run that can no longer be read has no event of its own, because an event needs a time. Others name it.
"""
