"""The front door: what `lineage` exports, made of the rooms behind it.

Internal; import the names from `lineage`.

Rooms below take and return plain graphs and results; the classes here add what people do with them.
"""
