// One program that is etcd, kube-apiserver, kube-controller-manager and, by build tag, the rest of a
// node (node.go), kubectl and CoreDNS. It goes by the name it was called by, else by its first word.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// Files with build tags add theirs in init().
var programs = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          cobraMain(apiserver.NewAPIServerCommand),
	"kube-controller-manager": cobraMain(kcm.NewControllerManagerCommand),
}

func cobraMain(command func() *cobra.Command) func() {
	return func() { os.Exit(cli.Run(command())) }
}

func main() {
	name := filepath.Base(os.Args[0])
	if programs[name] == nil && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = filepath.Base(os.Args[0])
	}
	if run := programs[name]; run != nil {
		run()
		return
	}
	known := slices.Sorted(maps.Keys(programs))
	fmt.Fprintln(os.Stderr, "kube: call it by one of these names:", strings.Join(known, " "))
	os.Exit(2)
}
