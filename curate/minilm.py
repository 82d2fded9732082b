"""The bundled sentence encoder, all-MiniLM-L6-v2: transformers' BERT, the mean of its token vectors, unit length.

sentence-transformers does the same with the same classes, to the bit, but takes seconds to import, longer than the
pairs of a changed page take to embed. This must not know where the weights come from nor whether they are the
official ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding
    from torch import Tensor

LEAST_TOKENS = 1e-9  # what a text of no token is divided by


class MiniLM:
    """A loaded encoder on the CPU; texts are cut at ``max_tokens``, special tokens included."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer
        from transformers.models.bert import BertModel
        from transformers.utils import logging

        bars = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # progress has one bar, the caller's
        try:
            self._model = BertModel.from_pretrained(folder, local_files_only=True)
        finally:
            if bars:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Return float32 unit rows, shape (len(texts), dimension); texts of about one length share a batch."""
        import numpy as np
        import torch

        order = np.argsort([-len(text) for text in texts])
        found: list[Tensor] = []
        with torch.inference_mode():
            for start in range(0, len(order), batch_size):
                batch = [texts[at] for at in order[start : start + batch_size]]
                found.append(self._embed(self._tokenizer.encode_batch(batch)))
        rows = np.empty((len(order), found[0].shape[1]), dtype=np.float32)
        rows[order] = torch.cat(found).numpy()
        return rows

    def _embed(self, batch: Sequence[Encoding]) -> Tensor:
        """Return the unit rows of one batch, padded to its longest, shape (len(batch), dimension)."""
        import torch
        from torch.nn.functional import normalize

        tokens = torch.tensor([one.ids for one in batch])
        present = torch.tensor([one.attention_mask for one in batch])
        state = self._model(input_ids=tokens, attention_mask=present).last_hidden_state
        mask = present.unsqueeze(-1).to(state.dtype)
        mean = (state * mask).sum(dim=1) / torch.clamp(mask.sum(dim=1), min=LEAST_TOKENS)
        # Twice, as the model's own last step and the caller's both do: the second moves the last bit of some.
        return normalize(normalize(mean, p=2, dim=1), p=2, dim=1)
