"""The bundled sentence encoder, run by torch alone: all-MiniLM-L6-v2 to the bit, without the seconds of its library.

Knows one architecture: BERT (Devlin et al. 2018, arXiv 1810.04805), mean of the token vectors, unit length. It must not
know where the weights come from nor whether they are the official ones. Every step is the one that
sentence-transformers takes, in its order, so that vectors of either may lie side by side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer
    from torch import Tensor

LEAST_TOKENS = 1e-9  # what a text of no token is divided by


class MiniLM:
    """A loaded encoder on the CPU; texts are cut at ``max_tokens``, special tokens included."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        settings = json.loads((folder / "config.json").read_text("utf-8"))
        self._heads = int(settings["num_attention_heads"])
        self._layers = int(settings["num_hidden_layers"])
        self._epsilon = float(settings["layer_norm_eps"])
        self._weights: Mapping[str, Tensor] = load_file(folder / "model.safetensors")
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
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
        # Without padding there is nothing to hide, and attention takes a shorter way.
        hidden = None if present.all() else present.bool()[:, None, None, :].expand(-1, 1, present.shape[1], -1)
        state = self._look_up(tokens)
        for layer in range(self._layers):
            state = self._transform(f"encoder.layer.{layer}", state, hidden)
        mask = present.unsqueeze(-1).to(state.dtype)
        mean = (state * mask).sum(dim=1) / torch.clamp(mask.sum(dim=1), min=LEAST_TOKENS)
        # Twice, as the model's own last step and the caller's both do: the second moves the last bit of some.
        return normalize(normalize(mean, p=2, dim=1), p=2, dim=1)

    def _look_up(self, tokens: Tensor) -> Tensor:
        import torch
        from torch.nn.functional import embedding

        def row(kind: str, at: Tensor) -> Tensor:
            return embedding(at, self._weights[f"embeddings.{kind}_embeddings.weight"])

        places = torch.arange(tokens.shape[1]).unsqueeze(0)
        summed = row("word", tokens) + row("token_type", torch.zeros_like(tokens)) + row("position", places)
        return self._norm("embeddings.LayerNorm", summed)

    def _transform(self, name: str, state: Tensor, mask: Tensor | None) -> Tensor:
        """Return one layer's output: attention, then the two dense maps, each added to what came in."""
        from torch.nn.functional import gelu, scaled_dot_product_attention

        shape = (*state.shape[:-1], self._heads, -1)
        query, key, value = (
            self._dense(f"{name}.attention.self.{part}", state).view(shape).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        seen = scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = seen.transpose(1, 2).contiguous().reshape(state.shape)
        state = self._norm(
            f"{name}.attention.output.LayerNorm", self._dense(f"{name}.attention.output.dense", seen) + state
        )
        wide = gelu(self._dense(f"{name}.intermediate.dense", state))
        return self._norm(f"{name}.output.LayerNorm", self._dense(f"{name}.output.dense", wide) + state)

    def _dense(self, name: str, state: Tensor) -> Tensor:
        from torch.nn.functional import linear

        return linear(state, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, state: Tensor) -> Tensor:
        from torch.nn.functional import layer_norm

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return layer_norm(state, weight.shape, weight, bias, self._epsilon)
