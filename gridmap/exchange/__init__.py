"""Files in and out: reading vector data, naming what is wrong with it, writing workbooks."""
