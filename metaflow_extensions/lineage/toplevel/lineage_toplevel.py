"""Names that `import metaflow` gains: all that this module holds once it has been imported."""

__all__ = ["__version__", "trigger", "trigger_on", "trigger_on_finish"]
__mf_extensions__ = "lineage"  # what Metaflow calls this extension beside its own version

try:
    from ..plugins.toplevel_names import VERSION as __version__
    from ..plugins.toplevel_names import trigger, trigger_on, trigger_on_finish
except Exception as error:  # whatever it is, it would stop `import metaflow` for everybody
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
