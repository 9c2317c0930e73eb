"""The viewer: one ES module and one stylesheet, without dependencies."""
