"""Images: readers, exporters and critics."""
