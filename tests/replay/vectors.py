"""An upstream that embeds and reranks in every vendor's words: a text's vector is its length and its first letter."""

from typing import Any

from pontage.domain.embeddings import packed
from tests.replay.upstream import Received, Scripted, whole


def vector(text: str) -> list[float]:
    """Numbers that float32 holds exactly, so that base64 changes nothing."""
    return [len(text) / 64, ord(text[0]) / 256]


def texts_of(received: Received) -> list[str]:
    """The inputs of a request in whichever format its path is of."""
    asked = received.json
    if "requests" in asked or "content" in asked:
        contents = [one["content"] for one in asked.get("requests", [asked])]
        return ["".join(part.get("text", "") for part in content["parts"]) for content in contents]
    listed = asked.get("texts") or asked.get("input") or asked.get("prompt")
    return [listed] if isinstance(listed, str) else list(listed)


def embedding(received: Received) -> Scripted:
    """The vectors of a request in the format of its path; each text is three tokens."""
    texts = texts_of(received)
    vectors, tokens = [vector(text) for text in texts], 3 * len(texts)
    asked = received.json
    match received.path.rpartition("/")[2].rpartition(":")[2]:
        case "embed" if "/api/" in received.path:
            return whole({"model": asked["model"], "embeddings": vectors, "prompt_eval_count": tokens})
        case "embed":
            return whole(cohere(vectors, tokens, asked.get("embedding_types") or ["float"]))
        case "batchEmbedContents":
            told: dict[str, Any] = {"embeddings": [{"values": one} for one in vectors]}
            return whole({**told, "usageMetadata": {"promptTokenCount": tokens}})
        case "embedContent":
            return whole({"embedding": {"values": vectors[0]}, "usageMetadata": {"promptTokenCount": tokens}})
        case _ if "prompt" in asked:
            return whole({"embedding": vectors[0]})
        case _:
            coded = asked.get("encoding_format") == "base64"
            data = [
                {"object": "embedding", "index": index, "embedding": packed(tuple(one)) if coded else one}
                for index, one in enumerate(vectors)
            ]
            usage = {"prompt_tokens": tokens, "total_tokens": tokens, "completion_tokens": 0}
            own = {"id": "e-1"} if asked["model"] == "mistral-embed" else {}
            return whole({"object": "list", **own, "data": data, "model": asked["model"], "usage": usage})


def cohere(vectors: list[list[float]], tokens: int, kinds: list[str]) -> dict[str, Any]:
    """Cohere's answer in every type of number that was asked for."""
    made: dict[str, Any] = {
        "float": vectors,
        "base64": [packed(tuple(one)) for one in vectors],
        "int8": [[int(number * 127) for number in one] for one in vectors],
    }
    return {
        "id": "e-1",
        "embeddings": {kind: made[kind] for kind in kinds},
        "meta": {"api_version": {"version": "2"}, "billed_units": {"input_tokens": tokens}},
        "response_type": "embeddings_by_type",
    }


def ranking(received: Received) -> Scripted:
    """The documents by their length, the longest first; one unit of search, seven tokens where it is no Cohere."""
    asked = received.json
    texts = [one if isinstance(one, str) else str(one) for one in asked["documents"]]
    order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
    top = asked.get("top_n") or asked.get("top_k") or len(texts)
    results: list[dict[str, Any]] = [
        {"index": index, "relevance_score": len(texts[index]) / 64} for index in order[:top]
    ]
    if asked["model"] == "rerank-2.5":
        return whole({"object": "list", "data": results, "model": asked["model"], "usage": {"total_tokens": 7}})
    if asked["model"].startswith("rerank-"):
        return whole({"id": "r-1", "results": results, "meta": {"billed_units": {"search_units": 1}}})
    for one in results:
        one["document"] = {"text": texts[one["index"]]}
    return whole({"model": asked["model"], "results": results, "usage": {"total_tokens": 7}})
