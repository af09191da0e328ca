"""What tests share: each file has one subject. Test modules import from here, never from each other."""
