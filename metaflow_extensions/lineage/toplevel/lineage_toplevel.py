"""The names added to `metaflow`: everything that this module defines."""

__all__ = ["__version__", "trigger", "trigger_on", "trigger_on_finish"]
__mf_extensions__ = "lineage"  # the name of this extension in Metaflow's version string

try:
    from ..plugins.toplevel_names import VERSION as __version__
    from ..plugins.toplevel_names import trigger, trigger_on, trigger_on_finish
except Exception as error:  # any error here would stop `import metaflow`
    import sys

    sys.stderr.write(f"lineage: Metaflow runs without this extension: {error!r}\n")
    del sys

try:
    from ..plugins.provenance.install import install_in_metaflow as _install

    _install()
    del _install
except Exception as error:  # likewise
    import sys

    sys.stderr.write(f"lineage: what tasks read is not recorded: {error!r}\n")
    del sys

try:
    from ..plugins.cards.failed_step import install_in_metaflow as _install

    _install()
    del _install
except Exception as error:  # likewise
    import sys

    sys.stderr.write(f"lineage: a step that fails keeps no lineage card: {error!r}\n")
    del sys
