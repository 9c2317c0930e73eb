"""Which flows should have fired and did not: the recorded past, played by the rules of Argo.

Internal; `lineage.audit` uses it.
"""
