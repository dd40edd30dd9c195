"""What comes in from people and platforms: files, keys and addresses, catalogs and states, in whatever form."""
