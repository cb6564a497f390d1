package training

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// itemsOf are the documents a document stands for: the items of a List, as `kubectl get -o yaml` prints
// them, or itself.
func itemsOf(root *yaml.Node) ([]*yaml.Node, *Problem) {
	if kind := scalar(root, "kind"); kind != "List" && kind != "MPIJobList" {
		return []*yaml.Node{root}, nil
	}
	budget := maxNodes
	if !affordable(root, &budget, 0) {
		return nil, tooMuch(root)
	}
	list := child(root, "items")
	for list != nil && list.Kind == yaml.AliasNode {
		list = list.Alias
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil, &Problem{Line: root.Line, Field: "items", Message: "isn't there, or is no list: a List holds its MPIJobs in it"}
	}
	var items []*yaml.Node
	for _, n := range list.Content {
		// What an alias in one item stands for may be in another.
		items = append(items, expanded(n))
	}
	return items, nil
}

// expanded is a tree without aliases; affordable says whether it can be had.
func expanded(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return expanded(n.Alias)
	}
	out := *n
	out.Anchor, out.Content = "", nil
	for _, c := range n.Content {
		out.Content = append(out.Content, expanded(c))
	}
	return &out
}

func tooMuch(n *yaml.Node) *Problem {
	return &Problem{Line: n.Line, Message: "expands to far more than is written, through aliases or nesting: write it out without them"}
}

func tooMany() Problem {
	return Problem{Message: fmt.Sprintf("has more than %d documents: split the file", maxDocuments)}
}
