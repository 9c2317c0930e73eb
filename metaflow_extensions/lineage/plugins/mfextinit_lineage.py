"""The plugins of this extension, for Metaflow to import.

An error here would disable every extension in the environment, so it contains only lists of names.
"""

FLOW_DECORATORS_DESC = [
    ("trigger", ".trigger_plugins.TriggerDecorator"),
    ("trigger_on_finish", ".trigger_plugins.TriggerOnFinishDecorator"),
]
