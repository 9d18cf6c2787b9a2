"""Our own model server on loopback, for tests that drive the real client against it.

```python
async with fake_model(lambda asked: '{"statements": []}') as server:
    settings = ModelSettings(model_write="small", server=ServerSettings(base_url=server.url))
    # ask it; then server.asked holds what it was asked, and server.faults.add(Fault.NO_RESPONSES) switches a fault on
```
"""

from tests.servers.model.asked import Asked
from tests.servers.model.faults import Fault
from tests.servers.model.server import Answer, FakeModel, fake_model

__all__ = ["Answer", "Asked", "FakeModel", "Fault", "fake_model"]
