"""The palette: which modules there are, and the file of modules/ that defines each.

A module file defines `MODULES`, usually one; contract.py says what a module is made of. Module files import heavy
libraries inside `run`, because checking a document must not load them.
"""

import importlib

from studio.graph.contract import Module

# The file in modules/ that defines each module; learners that differ only in their task share one.
FILES = {
    "Import Data": "import_data",
    "Export Data": "export_data",
    "Enter Data Manually": "enter_data_manually",
    "Convert to Dataset": "convert_to_dataset",
    "Convert to CSV": "convert_to_csv",
    "Convert to TSV": "convert_to_tsv",
    "Add Columns": "add_columns",
    "Add Rows": "add_rows",
    "Apply Math Operation": "apply_math_operation",
    "Apply SQL Transformation": "apply_sql_transformation",
    "Build Counting Transform": "build_counting_transform",
    "Clean Missing Data": "clean_missing_data",
    "Clip Values": "clip_values",
    "Convert to Indicator Values": "convert_to_indicator_values",
    "Edit Metadata": "edit_metadata",
    "Extract Date Parts": "extract_date_parts",
    "Group Data into Bins": "group_data_into_bins",
    "Join Data": "join_data",
    "Merge Count Transform": "count_transforms",
    "Modify Count Table Parameters": "count_transforms",
    "Normalize Data": "normalize_data",
    "Partition and Sample": "partition_and_sample",
    "Principal Component Analysis": "principal_component_analysis",
    "Remove Duplicate Rows": "remove_duplicate_rows",
    "Select Columns in Dataset": "select_columns_in_dataset",
    "Select Columns Transform": "select_columns_transform",
    "SMOTE": "smote",
    "Split Data": "split_data",
    "Filter Based Feature Selection": "filter_based_feature_selection",
    "Fisher Linear Discriminant Analysis": "fisher_linear_discriminant_analysis",
    "Permutation Feature Importance": "permutation_feature_importance",
    "Compute Elementary Statistics": "compute_elementary_statistics",
    "Summarize Data": "summarize_data",
    "Test Hypothesis Using t-Test": "hypothesis_using_t_test",
    "Two-Class Averaged Perceptron": "averaged_perceptron",
    "Two-Class Bayes Point Machine": "bayes_point_machine",
    "Two-Class Boosted Decision Tree": "boosted_decision_tree",
    "Two-Class Decision Forest": "decision_forest",
    "Two-Class Decision Jungle": "decision_jungle",
    "Two-Class Locally-Deep Support Vector Machine": "locally_deep_support_vector_machine",
    "Two-Class Logistic Regression": "logistic_regression",
    "Two-Class Neural Network": "neural_network",
    "Two-Class Support Vector Machine": "support_vector_machine",
    "MultiClass Boosted Decision Tree": "boosted_decision_tree",
    "Multiclass Decision Forest": "decision_forest",
    "Multiclass Decision Jungle": "decision_jungle",
    "Multiclass Logistic Regression": "logistic_regression",
    "Multiclass Neural Network": "neural_network",
    "One-vs-All Multiclass": "multiclass_from_two_class",
    "One-vs-One Multiclass": "multiclass_from_two_class",
    "Bayesian Linear Regression": "bayesian_linear_regression",
    "Boosted Decision Tree Regression": "boosted_decision_tree",
    "Decision Forest Regression": "decision_forest",
    "Fast Forest Quantile Regression": "fast_forest_quantile_regression",
    "Linear Regression": "linear_regression",
    "Neural Network Regression": "neural_network",
    "Ordinal Regression": "ordinal_regression",
    "Poisson Regression": "poisson_regression",
    "K-Means Clustering": "k_means_clustering",
    "PCA-Based Anomaly Detection": "pca_based_anomaly_detection",
    "One-Class Support Vector Machine": "one_class_support_vector_machine",
    "Time Series Anomaly Detection": "time_series_anomaly_detection",
    "Train Matchbox Recommender": "train_matchbox_recommender",
    "Score Matchbox Recommender": "score_matchbox_recommender",
    "Evaluate Recommender": "evaluate_recommender",
    "Preprocess Text": "preprocess_text",
    "Feature Hashing": "feature_hashing",
    "Extract N-Gram Features from Text": "extract_n_gram_features_from_text",
    "Latent Dirichlet Allocation": "latent_dirichlet_allocation",
    "Scikit-learn Estimator": "scikit_learn_estimator",
    "Train Model": "train_model",
    "Train Clustering Model": "train_clustering_model",
    "Train Anomaly Detection Model": "train_anomaly_detection_model",
    "Tune Model Hyperparameters": "tune_model_hyperparameters",
    "Cross Validate Model": "cross_validate_model",
    "Score Model": "score_model",
    "Assign Data to Clusters": "assign_data_to_clusters",
    "Apply Transformation": "apply_transformation",
    "Evaluate Model": "evaluate_model",
    "Execute Python Script": "execute_python_script",
    "Trained Model": "trained_model",
}


def find_module(name: str) -> Module | None:
    """Return the module of this name, loading its file on first use, or None."""
    file = FILES.get(name)
    if file is None:
        return None
    modules: tuple[Module, ...] = importlib.import_module(f"studio.graph.modules.{file}").MODULES
    return next(module for module in modules if module.name == name)


def list_modules() -> list[Module]:
    """Return every module of the palette."""
    return [module for name in FILES if (module := find_module(name)) is not None]
