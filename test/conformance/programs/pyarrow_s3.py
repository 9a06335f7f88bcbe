"""pyarrow's own S3 client (Ray Data and pandas read and write through it): Parquet on s3://, listings, parts, removal."""

import os
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

assert int(pa.__version__.split(".")[0]) >= 22, pa.__version__
address = urlsplit(os.environ["AWS_ENDPOINT_URL"])
options = dict(endpoint_override=address.netloc, scheme=address.scheme, region=os.environ["AWS_REGION"])
s3 = fs.S3FileSystem(**options, allow_bucket_creation=True, allow_bucket_deletion=True)
bucket = "pyarrow-" + os.urandom(6).hex()
s3.create_dir(bucket)

# Parquet: a file, a partitioned data set, a column of it, and the address that the environment gives
table = pa.table({"x": list(range(100_000)), "y": [i / 7 for i in range(100_000)], "part": [i % 3 for i in range(100_000)]})
pq.write_table(table, f"{bucket}/one.parquet", filesystem=s3)
assert pq.read_table(f"{bucket}/one.parquet", filesystem=s3).equals(table)
assert pq.read_table(f"{bucket}/one.parquet", filesystem=s3, columns=["y"]).column("y").equals(table.column("y"))
ds.write_dataset(table, f"{bucket}/set", filesystem=s3, format="parquet", partitioning=["part"])
back = ds.dataset(f"{bucket}/set", filesystem=s3, format="parquet", partitioning=["part"]).to_table()
assert back.num_rows == 100_000 and sum(back.column("x").to_pylist()) == sum(range(100_000))
assert pq.read_table(f"s3://{bucket}/one.parquet").num_rows == 100_000

# Bytes: in one request and in parts, whole and in ranges
small = os.urandom(1000)
large = os.urandom(27 * 1024 * 1024 + 5)
for name, data in [("small", small), ("large", large), ("empty", b"")]:
    with s3.open_output_stream(f"{bucket}/folder/{name}", metadata={"Content-Type": "application/x-test"}) as out:
        out.write(data)
    with s3.open_input_stream(f"{bucket}/folder/{name}") as stream:
        assert stream.read() == data
    assert s3.get_file_info(f"{bucket}/folder/{name}").size == len(data)
with s3.open_input_file(f"{bucket}/folder/large") as file:
    assert file.read_at(100, 20_000_000) == large[20_000_000:20_000_100]
    assert file.metadata()["Content-Type"] == b"application/x-test"

# Parts from the first byte on, and checksums asked for by their lower-case names
for more in [dict(allow_delayed_open=True), dict(background_writes=False)]:
    other = fs.S3FileSystem(**options, **more)
    with other.open_output_stream(f"{bucket}/folder/parts") as out:
        for at in range(0, len(large), 1 << 20):
            out.write(large[at : at + (1 << 20)])
    with other.open_input_stream(f"{bucket}/folder/parts") as stream:
        assert stream.read() == large

# Names
s3.create_dir(f"{bucket}/made/deep")
s3.copy_file(f"{bucket}/folder/small", f"{bucket}/folder/copy")
s3.move(f"{bucket}/folder/copy", f"{bucket}/folder/moved")
names = [info.base_name for info in s3.get_file_info(fs.FileSelector(f"{bucket}/folder"))]
assert sorted(names) == ["empty", "large", "moved", "parts", "small"], names
everything = s3.get_file_info(fs.FileSelector(bucket, recursive=True))
assert f"{bucket}/made/deep" in [info.path for info in everything if info.type == fs.FileType.Directory]
assert s3.get_file_info(f"{bucket}/nothing").type == fs.FileType.NotFound
try:
    s3.open_input_file(f"{bucket}/nothing")
    raise AssertionError("a file that is not there was opened")
except FileNotFoundError:
    pass

# Removal
s3.delete_file(f"{bucket}/folder/small")
assert s3.get_file_info(f"{bucket}/folder/small").type == fs.FileType.NotFound
s3.delete_dir_contents(f"{bucket}/folder")
assert [i.type for i in s3.get_file_info([f"{bucket}/folder", f"{bucket}/folder/large"])] == [fs.FileType.Directory, fs.FileType.NotFound]
s3.delete_dir_contents(bucket)
s3.delete_dir(bucket)
assert s3.get_file_info(bucket).type == fs.FileType.NotFound
