"""What libraries do when they are called or awaited; the facts are data files, this package only reads them."""
