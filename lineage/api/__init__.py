"""The public classes and functions, built from the rooms below. `lineage` exports them.

Internal; import the names from `lineage`.

Rooms below take and return plain graphs and results; the classes here add the methods that users call.
"""
