"""The graph: networkx reads it, every id is one node, and it is XML whatever the ids are."""

import dataclasses
import xml.etree.ElementTree as ET

import networkx as nx
import numpy as np
import pytest

from lda_cli.model.model import Model
from tests.helpers.exported import file_of


def test_networkx_reads_documents_and_topics(model: Model) -> None:
    graph = nx.read_gexf(file_of(model, "graph", min_share=0.05), version="1.3")
    ids, theta = list(model.documents.ids()), model.documents.theta
    assert set(graph) == {f"d:{own}" for own in ids} | {f"t:{topic}" for topic in range(3)}
    edges = {(f"d:{ids[d]}", f"t:{t}"): theta[d, t] for d, t in np.argwhere(theta >= 0.05)}
    assert graph.number_of_edges() == len(edges)
    for (document, topic), share in edges.items():
        assert graph[document][topic]["weight"] == pytest.approx(share, abs=1e-6)
    assert graph.nodes["d:" + ids[1]]["metadata.year"] == 1801
    assert graph.nodes["d:" + ids[1]]["metadata.author"] == 'the "Old" one'
    assert graph.nodes["t:1"]["words"].split()[0] == model.topics(1)[1].words[0][0]


def test_topics_alone_are_connected_by_their_similarity(model: Model) -> None:
    graph = nx.read_gexf(file_of(model, "graph", topics_only=True), version="1.3")
    assert sorted(graph) == ["t:0", "t:1", "t:2"]
    assert graph.number_of_edges() == 3
    assert all(0 <= weight <= 1 for _, _, weight in graph.edges(data="weight"))


def test_repeated_and_unprintable_ids_make_nodes_of_their_own(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = ["a", "a", "b\x00\x1b\ufffe", '<&>"'] + [f"x{n}" for n in range(20)]
    monkeypatch.setattr(type(model.documents), "ids", lambda self: iter(ids))
    root = ET.fromstring(file_of(dataclasses.replace(model), "graph").getvalue())
    nodes = [node.get("id") for node in root.iter("{http://gexf.net/1.3}node")]
    assert nodes[3:7] == ["d:a", "d:a#1", r"d:b\x00\x1b\ufffe", 'd:<&>"']
    ends = {edge.get("source") for edge in root.iter("{http://gexf.net/1.3}edge")}
    assert ends <= set(nodes)
