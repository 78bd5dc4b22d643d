//go:build node

package main

import (
	"context"

	"github.com/spf13/cobra"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func init() {
	programs["kube-scheduler"] = cobraMain(func() *cobra.Command { return scheduler.NewSchedulerCommand() })
	programs["kubelet"] = cobraMain(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) })
	programs["kube-proxy"] = cobraMain(proxy.NewProxyCommand)
}
