"""Tells Metaflow which plugins this extension brings.

An error here would switch off every extension on the machine, so nothing but lists of names is here.
"""

FLOW_DECORATORS_DESC = [
    ("trigger", ".trigger_plugins.TriggerDecorator"),
    ("trigger_on_finish", ".trigger_plugins.TriggerOnFinishDecorator"),
]
