"""The JSON schemas of the streams, one file each; schemas_from_models.py wrote them."""
